/** A name stands once in an environment: helm 4 applies on the server, which refuses a second one, and no linter sees it. Nothing secret is in one. */
import { containersOf, deploymentsOf } from '../manifests.ts';
import type { Rule } from './rule.ts';

export const environment: Rule = ({ manifests }) =>
  deploymentsOf(manifests).flatMap((deployment) =>
    containersOf(deployment).flatMap(({ name: container, env }) => {
      const names = env.map(({ name }) => name);
      const where = `Deployment/${deployment.metadata.name}: ${container}`;
      const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
      const fetched = env.filter((each) => 'valueFrom' in each);
      return [
        ...[...twice].map((name) => `${where}: the environment has ${name} twice`),
        ...fetched.map(({ name }) => `${where}: ${name} comes from elsewhere; secrets are files`),
      ];
    }),
  );
