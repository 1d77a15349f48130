/** `npm run chart`. */
process.stderr.write('postroute: the Helm chart is not written yet, so there is nothing to render.\n');
