/** `npm run bench`. */
process.stderr.write('postroute: there is no benchmark yet.\n');
