/** `npm run diagram`: draws service/machine.svg from the machine. */
import { writeMachineFile } from './machineFile.ts';

await writeMachineFile();
process.stdout.write('service/machine.svg is written\n');
