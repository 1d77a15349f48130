"""moto's server, with what it lacks for the stacks of this repository, so that they are deployed into it exactly as they are deployed into AWS.

Prints one line of JSON when it listens: {"port": 40001}. Ends when standard input closes, that is, with whoever started it.

What is added, each because the unchanged template needs it:
  AWS::SecretsManager::Secret   moto's CloudFormation has no such resource
  NameServers of a hosted zone  an attribute of the real resource
  tags of keys and parameters   moto reads them under other names, or in another shape, than a template has
  Custom::ZoneNegativeTtl       moto runs functions in Docker; here the template's own inline code runs in Node
  the SOA record of a new zone  moto wraps its value twice and cannot list it
"""

import io
import json
import os
import subprocess
import sys
import threading
import types
import zipfile
from base64 import b64decode

# Services that are not asked for here import these when they are loaded; installing them would triple the install.
for absent in ("openapi_spec_validator", "openapi_spec_validator.validation", "openapi_spec_validator.validation.exceptions"):
    sys.modules[absent] = types.ModuleType(absent)
sys.modules["openapi_spec_validator"].validate = None
sys.modules["openapi_spec_validator.validation.exceptions"].OpenAPIValidationError = Exception

from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.cloudformation.custom_model import CustomModel
from moto.core.common_models import CloudFormationModel
from moto.kms.models import KmsBackend
from moto.route53.models import FakeZone
from moto.secretsmanager import secretsmanager_backends
from moto.ssm.models import SimpleSystemManagerBackend

state = {"port": 0}


class Secret(CloudFormationModel):
    """A secret as CloudFormation makes it: with a generated value, or without any."""

    # moto reads the service from the second part of a model's module.
    __module__ = "moto.secretsmanager"

    def __init__(self, arn, name):
        self.arn = arn
        self.name = name

    @property
    def physical_resource_id(self):
        return self.arn

    @staticmethod
    def cloudformation_name_type():
        return "Name"

    @staticmethod
    def cloudformation_type():
        return "AWS::SecretsManager::Secret"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        backend = secretsmanager_backends[account_id][region_name]
        generate = properties.get("GenerateSecretString")
        answer = backend.create_secret(
            name=resource_name,
            secret_string=None if generate is None else cls.generated(backend, generate),
            secret_binary=None,
            description=properties.get("Description"),
            tags=properties.get("Tags"),
            kms_key_id=properties.get("KmsKeyId"),
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(json.loads(answer)["ARN"], resource_name)

    @staticmethod
    def generated(backend, generate):
        flag = lambda name: str(generate.get(name, "false")).lower() == "true"
        password = json.loads(
            backend.get_random_password(
                password_length=int(generate.get("PasswordLength", 32)),
                exclude_characters=generate.get("ExcludeCharacters", ""),
                exclude_numbers=flag("ExcludeNumbers"),
                exclude_punctuation=flag("ExcludePunctuation"),
                exclude_uppercase=flag("ExcludeUppercase"),
                exclude_lowercase=flag("ExcludeLowercase"),
                include_space=flag("IncludeSpace"),
                require_each_included_type=True,
            )
        )["RandomPassword"]
        if "GenerateStringKey" not in generate:
            return password
        return json.dumps({**json.loads(generate["SecretStringTemplate"]), generate["GenerateStringKey"]: password})

    # RETAIN, like all that has state here: moto deletes what has no such method by another path, so it says so itself.
    def delete(self, account_id, region_name):
        pass

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr == "Id"

    def get_cfn_attribute(self, attribute_name):
        return self.arn


def zone_attribute(self, attribute_name):
    if attribute_name == "NameServers":
        return self.delegation_set.name_servers
    return self.resource_id


FakeZone.has_cfn_attr = classmethod(lambda cls, attr: attr in ("NameServers", "Id"))
FakeZone.get_cfn_attribute = zone_attribute

add_rrset = FakeZone.add_rrset


def add_unwrapped(self, record_set):
    values = [each["Value"] if isinstance(each, dict) else each for each in record_set.get("ResourceRecords", [])]
    return add_rrset(self, {**record_set, "ResourceRecords": values})


FakeZone.add_rrset = add_unwrapped

tag_key = KmsBackend.tag_resource
KmsBackend.tag_resource = lambda self, key_id, tags: tag_key(
    self, key_id, [{"TagKey": tag.get("TagKey", tag.get("Key")), "TagValue": tag.get("TagValue", tag.get("Value"))} for tag in tags]
)

put_parameter = SimpleSystemManagerBackend.put_parameter


def put_parameter_with_tag_map(self, *args, tags=(), **kwargs):
    listed = [{"Key": key, "Value": value} for key, value in tags.items()] if isinstance(tags, dict) else tags
    return put_parameter(self, *args, tags=listed, **kwargs)


SimpleSystemManagerBackend.put_parameter = put_parameter_with_tag_map

run_handler = "eval(process.env.CODE); exports.handler(JSON.parse(process.env.EVENT)).catch((error) => { console.error(error); process.exit(1); });"


def inline_code(function):
    archive = zipfile.ZipFile(io.BytesIO(b64decode(function.code["ZipFile"])))
    return archive.read("index.py").decode()


def run_function(account_id, region_name, service_token, event):
    code = inline_code(lambda_backends[account_id][region_name].get_function(service_token))
    environment = {
        **os.environ,
        **{"CODE": code, "EVENT": json.dumps(event), "AWS_REGION": region_name},
        **{"AWS_ENDPOINT_URL": f"http://localhost:{state['port']}", "AWS_ACCESS_KEY_ID": "emulator", "AWS_SECRET_ACCESS_KEY": "emulator"},
    }
    done = subprocess.run([os.environ["NODE"], "-e", run_handler], env=environment, capture_output=True, text=True, timeout=60)
    sys.stderr.write(done.stderr)


create_custom = CustomModel.create_from_cloudformation_json.__func__


def create_custom_resource(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    from moto.cloudformation import cloudformation_backends

    stack = cloudformation_backends[account_id][region_name].get_stack(kwargs["StackId"])
    resource = CustomModel(region_name, "request", kwargs["LogicalId"], resource_name)
    stack.add_custom_resource(resource)
    properties = cloudformation_json["Properties"]
    event = {
        "RequestType": "Create",
        "ResponseURL": f"http://localhost:{state['port']}/cloudformation_{region_name}/cfnresponse?stack={kwargs['StackId']}",
        "StackId": kwargs["StackId"],
        "RequestId": "request",
        "LogicalResourceId": kwargs["LogicalId"],
        "ResourceProperties": properties,
    }
    threading.Thread(target=run_function, args=(account_id, region_name, properties["ServiceToken"], event)).start()
    return resource


CustomModel.create_from_cloudformation_json = classmethod(create_custom_resource)


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    state["port"] = server.get_host_and_port()[1]
    print(json.dumps({"port": state["port"]}), flush=True)
    sys.stdin.read()


main()
