import { BootstraplessSynthesizer, DefaultStackSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';

/**
 * A stack without an asset deploys with the caller's own rights into an account that nobody prepared; one with an asset needs a bootstrapped account.
 * The library's classes do not fit its own interface under exactOptionalPropertyTypes, so the type is asserted, here alone.
 */
export const synthesizerFor = ({ assets }: { assets: boolean }): IStackSynthesizer =>
  (assets ? new DefaultStackSynthesizer() : new BootstraplessSynthesizer()) as IStackSynthesizer;
