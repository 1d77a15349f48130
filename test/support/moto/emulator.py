"""moto's server, with what it lacks for the stacks of this repository, so that they are deployed into it exactly as they are deployed into AWS.

Prints one line of JSON when it listens: {"port": 40001}. Ends when standard input closes, that is, with whoever started it.

What is added, each because the unchanged template needs it:
  AWS::SecretsManager::Secret   moto's CloudFormation has no such resource
  NameServers of a hosted zone  an attribute of the real resource
  tags of keys and parameters   moto reads them under other names, or in another shape, than a template has
  Custom::ZoneNegativeTtl       moto runs functions in Docker; here the template's own inline code runs in Node
  the policy of a KMS key       moto keeps the template's tree and reads it as text
  termination protection        moto keeps the flag and neither changes nor heeds it
  records of a template         moto deletes only what was made through Route 53 itself
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
from moto.cloudformation import cloudformation_backends
from moto.cloudformation.custom_model import CustomModel
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.kms.models import KmsBackend
from moto.route53.models import ChangeList, FakeZone
from moto.secretsmanager import secretsmanager_backends
from moto.ssm.models import SimpleSystemManagerBackend
from moto.sts.models import sts_backends

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

ChangeList.has_insert_or_update = lambda self, record_set: True

tag_key = KmsBackend.tag_resource
KmsBackend.tag_resource = lambda self, key_id, tags: tag_key(
    self, key_id, [{"TagKey": tag.get("TagKey", tag.get("Key")), "TagValue": tag.get("TagValue", tag.get("Value"))} for tag in tags]
)

create_key = KmsBackend.create_key
KmsBackend.create_key = lambda self, policy, *args, **kwargs: create_key(
    self, json.dumps(policy) if isinstance(policy, dict) else policy, *args, **kwargs
)

put_parameter = SimpleSystemManagerBackend.put_parameter


def put_parameter_with_tag_map(self, *args, tags=(), **kwargs):
    listed = [{"Key": key, "Value": value} for key, value in tags.items()] if isinstance(tags, dict) else tags
    return put_parameter(self, *args, tags=listed, **kwargs)


SimpleSystemManagerBackend.put_parameter = put_parameter_with_tag_map


def update_termination_protection(self):
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


CloudFormationResponse.update_termination_protection = update_termination_protection
delete_stack = CloudFormationResponse.delete_stack


def delete_unprotected_stack(self):
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    if stack.enable_termination_protection:
        raise ValidationError(stack.name, f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    return delete_stack(self)


CloudFormationResponse.delete_stack = delete_unprotected_stack

run_handler = "eval(process.env.CODE); exports.handler(JSON.parse(process.env.EVENT)).catch((error) => { console.error(error); process.exit(1); });"


def inline_code(function):
    archive = zipfile.ZipFile(io.BytesIO(b64decode(function.code["ZipFile"])))
    return archive.read("index.py").decode()


def run_function(account_id, region_name, service_token, event):
    code = inline_code(lambda_backends[account_id][region_name].get_function(service_token))
    role = sts_backends[account_id]["aws"].assume_role(region_name, "function", f"arn:aws:iam::{account_id}:role/function", None, 3600, None)
    environment = {
        **os.environ,
        **{"CODE": code, "EVENT": json.dumps(event), "AWS_REGION": region_name, "AWS_ENDPOINT_URL": f"http://localhost:{state['port']}"},
        **{"AWS_ACCESS_KEY_ID": role.access_key_id, "AWS_SECRET_ACCESS_KEY": role.secret_access_key, "AWS_SESSION_TOKEN": role.session_token},
    }
    done = subprocess.run([os.environ["NODE"], "-e", run_handler], env=environment, capture_output=True, text=True, timeout=60)
    sys.stderr.write(done.stderr)


def process_cfn_response(self):
    """moto looks for the stack in one account only, and takes a failure for something still to come."""
    answer = json.loads(self.body)
    _, _, _, region_name, account_id, _ = answer["StackId"].split(":", 5)
    stack = cloudformation_backends[account_id][region_name].get_stack(answer["StackId"])
    if answer["Status"] != "SUCCESS":
        sys.stderr.write(f"{answer['LogicalResourceId']} failed: {answer.get('Reason')}\n")
        stack.status = "CREATE_FAILED"
    else:
        stack.get_custom_resource(answer["LogicalResourceId"]).set_data(answer.get("Data", {}))
        stack.verify_readiness()
    return 200, {"status": 200}, json.dumps({"StackId": answer["StackId"]})


CloudFormationResponse.process_cfn_response = process_cfn_response


create_custom = CustomModel.create_from_cloudformation_json.__func__


def create_custom_resource(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
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
