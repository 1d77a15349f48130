/** `npm run synth`. */
process.stderr.write('postroute: the CDK stacks are not written yet, so there is nothing to synthesise.\n');
