/**
 * A version more, a version less, in the registry's document itself: a file, or the secret that the pods have their files from. The service only reads it,
 * so these need the operator's own rights at AWS; a retirement asks the service besides whether anything is still sealed under the version.
 */
import { type Call, type Command, type Flags, first } from '../command.ts';
import { confirm } from '../confirm.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';
import { Failure, mistake } from '../failure.ts';
import { confirmed, overHttp } from '../flags.ts';
import type { Material } from '../wire.ts';

const place: Flags = {
  file: { type: 'string', value: 'FILE', what: 'the document (EMAIL_MATERIAL_REGISTRY_FILE)' },
  'secret-id': { type: 'string', value: 'ARN', what: 'or the Secrets Manager secret that holds it' },
  region: { type: 'string', value: 'REGION', what: 'of AWS (AWS_REGION, EMAIL_AWS_REGION)' },
};

const addVersion: Command = {
  name: 'material add-version',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'a new data key; it seals from the next refresh on',
  flags: {
    ...place,
    partition: { type: 'string', value: 'NAME', what: 'that the key is bound to (PARTITION)' },
    'kms-key': { type: 'string', value: 'ARN', what: 'wraps it; else the key of the current version' },
  },
  run: (call) =>
    withDocument(call, async (document) => {
      const partition = call.text('partition') ?? call.environment['PARTITION'];
      if (!partition) throw mistake('which partition is the key for?', 'Add --partition Alpha002-dev, or set PARTITION.');
      const added = await document.addVersion({ partition, kmsKeyArn: call.text('kms-key') ?? null });
      if (added.kind === 'refused') throw refused(added);
      if (call.speak.json) call.speak.document(added);
      else {
        call.speak.line(`added ${added.keyVersionId}; before it ${added.previous ?? 'there was none'}, now ${added.versions} version(s)`);
        call.speak.aside('Next, once the pods have the new file: postroute material refresh, then postroute material re-encrypt');
      }
      return exitCode.done;
    }),
};

const retire: Command = {
  name: 'material retire',
  usage: '<version>',
  arguments: { min: 1, max: 1 },
  what: 'take out a version that nothing is sealed under',
  flags: { ...place, ...confirmed, ...overHttp },
  run: (call) =>
    withDocument(call, async (document) => {
      const version = first(call);
      const usage = await call.api().get<Material>('/material');
      await confirm(call, 'material retire takes the wrapped key away: what is sealed under it could never be opened again.', version);
      const retired = await document.retire(version, usage);
      if (retired.kind === 'refused') throw refused(retired);
      if (call.speak.json) call.speak.document(retired);
      else call.speak.line(`retired ${version}; ${retired.versions} version(s) are left`);
      return exitCode.done;
    }),
};

const refused = ({ code, detail }: { code: string; detail: string }): Failure =>
  new Failure(exitCode.refused, `refused (${code}): ${detail}`, {
    ...(code === 'rows_name_it' ? { remedy: 'postroute material re-encrypt' } : {}),
    ...(code === 'sealed_with_it' ? { remedy: 'postroute material refresh' } : {}),
    problem: { code, detail },
  });

type Document = ReturnType<typeof import('../../service/wiring/materialDocument.ts').openMaterialDocument>;

async function withDocument(call: Call, use: (document: Document) => Promise<ExitCode>): Promise<ExitCode> {
  const where = placeOf(call);
  // The clients of AWS cost a second to load, so that only these commands do.
  const { openMaterialDocument } = await import('../../service/wiring/materialDocument.ts');
  const document = openMaterialDocument(where, awsOf(call));
  try {
    return await use(document);
  } catch (error) {
    throw outside(error);
  } finally {
    document.close();
  }
}

function placeOf(call: Call): { file: string } | { secretId: string } {
  const [file, secretId] = [call.text('file'), call.text('secret-id')];
  if (file !== undefined && secretId !== undefined)
    throw mistake('the document is a file or a secret, not both', 'Give --file or --secret-id.');
  if (secretId !== undefined) return { secretId };
  const named = file ?? call.environment['EMAIL_MATERIAL_REGISTRY_FILE'];
  if (!named) throw mistake('where is the document?', 'Give --file FILE or --secret-id ARN.');
  return { file: named };
}

/** Of one call to AWS; a person waits for it. */
const timeoutMs = 20_000;

/** Endpoints by the names that the service reads, beside a sandbox. */
function awsOf({ text, environment }: Call) {
  const region = text('region') ?? (environment['EMAIL_AWS_REGION'] || environment['AWS_REGION'] || 'us-east-1');
  const [kmsEndpoint, secretsEndpoint] = [environment['EMAIL_AWS_KMS_ENDPOINT'], environment['AWS_ENDPOINT_URL_SECRETS_MANAGER']];
  return { region, timeoutMs, ...(kmsEndpoint ? { kmsEndpoint } : {}), ...(secretsEndpoint ? { secretsEndpoint } : {}) };
}

/** Faults of the document and of AWS carry words that may be shown. */
function outside(error: unknown): unknown {
  if (!(error instanceof Error) || (error.name !== 'PortFault' && error.name !== 'MaterialFault')) return error;
  const away = 'class' in error && (error.class === 'unavailable' || error.class === 'throttled' || error.class === 'unknown');
  return new Failure(away ? exitCode.unavailable : exitCode.refused, error.message);
}

export const materialDocumentCommands: readonly Command[] = [addVersion, retire];
