/**
 * What both AWS clients are made with: one attempt (repeats are the runner's, and are written in its row). The call as a whole is bounded by
 * `withDeadline`; the SDK's own time-outs cover single phases, and one of them only writes a warning to the console.
 */
export type AwsOptions = { region: string; timeoutMs: number; endpoint?: string | undefined };

export const awsClientOptions = ({ region, endpoint }: AwsOptions) => ({
  region,
  maxAttempts: 1,
  ...(endpoint === undefined ? {} : { endpoint }),
});
