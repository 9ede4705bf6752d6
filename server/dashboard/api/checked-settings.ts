import type { Host } from '../../host/host';
import { checkInput } from '../settings/check-input';
import type { FormInput } from '../settings/form-input';
import { toFields } from '../settings/to-fields';
import { InvalidSettings } from './invalid-settings';

/**
 * The settings to be saved for what was entered in the form.
 *
 * @param saved the settings as they are
 * @throws {InvalidSettings}
 */
export function checkedSettings(
  { given }: Pick<Host, 'given'>,
  input: FormInput,
  saved: Readonly<Record<string, string>>,
): Record<string, string> {
  const { settings, problems } = checkInput(toFields(saved, given), input, saved, given);
  if (Object.keys(problems).length > 0) throw new InvalidSettings(problems);
  return settings;
}
