/** Does what every process does that loads something, but for the loading. */
process.stdout.write('done');
