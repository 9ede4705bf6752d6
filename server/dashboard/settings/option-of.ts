import { isYes } from '../../../src/settings/parse-settings';
import type { Field } from './field';

/**
 * The option that a value stands for: what was saved or given as Yes or No is one of `true` and `false`, which
 * the manifest has. A form that knew the option by its value alone would show, and then save, another one.
 *
 * @returns the option's value; the value itself where it stands for none
 */
export function optionOf(options: Field['options'], value: string): string {
  const values = options.map((option) => option.value);
  if (value === '' || values.includes(value)) return value;
  const isSwitch = values.length === 2 && values.includes('true') && values.includes('false');
  return isSwitch && /^(yes|no|true|false|1|0|on|off)$/i.test(value) ? String(isYes(value)) : value;
}
