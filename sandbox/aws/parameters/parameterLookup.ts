/** Finding a parameter and one of its versions: `name`, `name:3` or `name:label`; and how it is shown. */
import type { Json } from '../../world/world.ts';
import { type AwsContext, jsonOperation } from '../awsContext.ts';
import { AwsError } from '../awsError.ts';
import { arnOfParameter, type Parameter, type ParameterVersion } from './parameterStore.ts';
import { sealedParameter } from './sealedParameter.ts';

export const operation = jsonOperation('ValidationException');

export const secondMs = 1000;
/** The API's bound of names and selectors together. */
export const referenceMax = 2048;

export type Selected = { parameter: Parameter; version: ParameterVersion; selector: string | null };

export function newestOf(parameter: Parameter): ParameterVersion {
  const newest = parameter.versions.at(-1);
  if (newest === undefined) throw new Error(`parameter ${parameter.name} has no version`);
  return newest;
}

/** Null when there is no such parameter; throws when there is, and it has no such version. */
export function select(context: AwsContext, reference: string): Selected | null {
  const exact = context.parameters.find(reference);
  if (exact !== undefined) return { parameter: exact, version: newestOf(exact), selector: null };
  const [, name = '', selector = ''] = /^(.+):([^:/]+)$/.exec(reference) ?? [];
  const parameter = name === '' ? undefined : context.parameters.find(name);
  if (parameter === undefined) return null;
  const version = parameter.versions.find((each) => String(each.version) === selector || each.labels.includes(selector));
  if (version !== undefined) return { parameter, version, selector: `:${selector}` };
  if (/^\d+$/.test(selector))
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
    );
  throw new AwsError(
    'ParameterVersionLabelNotFound',
    `Systems Manager could not find label ${selector} of ${name}. Verify the label and try again.`,
  );
}

/** Without decryption a SecureString is its ciphertext. */
export function readableValue(context: AwsContext, { parameter, version }: Selected, withDecryption: boolean): string {
  return version.type === 'SecureString' && !withDecryption ? sealedParameter(context.seed, parameter.name, version) : version.value;
}

export function shownParameter(context: AwsContext, selected: Selected, withDecryption: boolean): { [field: string]: Json } {
  const { parameter, version, selector } = selected;
  return {
    Name: parameter.name,
    Type: version.type,
    Value: readableValue(context, selected, withDecryption),
    Version: version.version,
    LastModifiedDate: version.modifiedAt / secondMs,
    ARN: arnOfParameter(parameter.name),
    DataType: 'text',
    ...(selector === null ? {} : { Selector: selector }),
  };
}
