/** The last lines: what to open and what to paste, or how to get a Postroute that stays. */
import type { Target } from './target.ts';
import { basePath } from './tenant.ts';
import type { TourFacts } from './walk.ts';

const docs = 'The same walk in curl is in README.md; the map of the code in service/README.md.';

export function whereNext({ url, control, own }: Target, tenant: string, facts: TourFacts): string[] {
  if (own)
    return ['', "This Postroute was the tour's own, and is stopped now. For one that stays: npm start, then npm run tour again.", docs];
  const read = (path: string, header = ''): string => `curl -H "Authorization: Bearer $KEY" ${header}'${url}${basePath}${path}'`;
  return [
    '',
    'Where to look next',
    `  every call    ${url}/docs`,
    `  the inbox     ${control}/   (its mail: ${control}/mail?to=${facts.customer})`,
    `  the outside   ${control}/state`,
    '',
    'With KEY set to the operator key, which npm start printed:',
    `  its history   ${read(`/configuration/${facts.configurationEId}/history`)}`,
    `  why not       ${read(`/configuration/${facts.configurationEId}/explain?recipient=${facts.bouncing}`)}`,
    `  one message   ${read(`/job/${facts.jobEId}/timeline`, `-H 'X-Tenant-Id: ${tenant}' `)}`,
    '',
    docs,
  ];
}
