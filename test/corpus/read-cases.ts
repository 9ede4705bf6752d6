import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';

type CaseSchema = v.GenericSchema<unknown, { description: string }>;

/**
 * Reads the cases of a folder of the corpus, in the order of its files' names. Each file holds a list of cases.
 *
 * @throws with the file's name, where a case has not the fields that the README describes
 */
export function readCases<Schema extends CaseSchema>(
  folder: string,
  schema: Schema,
): (v.InferOutput<Schema> & { file: string })[] {
  const place = new URL(`${folder}/`, import.meta.url);
  const files = readdirSync(place)
    .filter((name) => name.endsWith('.json'))
    .sort();
  return files.flatMap((file) => {
    const read = v.safeParse(v.array(schema), JSON.parse(readFileSync(new URL(file, place), 'utf8')));
    if (!read.success) throw new Error(`${folder}/${file}: ${JSON.stringify(v.flatten(read.issues))}`);
    return read.output.map((one) => ({ ...one, file }));
  });
}
