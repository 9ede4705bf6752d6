/** The types of logs that are exported, with the name of the Segment event that each becomes. */
export const logTypes: Readonly<Record<string, string>> = {
  s: 'Success Login',
  ss: 'Success Signup',
  f: 'Failed Login',
};
