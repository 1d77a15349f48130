import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import type { Zones } from './zones.ts';

/** Switches of this room, posted to `/settings`. */
export type Route53Settings = {
  /** How long a change stays PENDING, in domain time. */
  insyncMs: { readonly value: number };
  /** Refuse a change of a zone while an earlier one is PENDING, as Route 53 may do. */
  priorRequestStrict: { readonly value: boolean };
};

export type Route53Context = { zones: Zones; settings: Route53Settings; touched: () => void };

/** Carries one call out; throws Route53Error. `parameters` are those of the path. */
export type Operation = (context: Route53Context, request: RimRequest, ...parameters: (string | undefined)[]) => RimAnswer;
