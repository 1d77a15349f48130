/** Ids travel with and without the path of their kind: `/hostedzone/Z1` and `Z1` are one zone. */
export const plainId = (id: string): string => id.replace(/^\/?(delegationset|hostedzone|change)\//, '');
