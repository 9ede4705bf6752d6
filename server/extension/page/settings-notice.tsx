import { Notice } from '../../ui/notice';

/** What in the settings makes every run fail. */
export function SettingsNotice({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <Notice tone="warn" title="The settings need your attention: no run can succeed until they are right">
      {problems.map((problem) => (
        <p key={problem}>{problem}</p>
      ))}
      <p class="quiet">You change them in the Dashboard, under the extension's settings.</p>
    </Notice>
  );
}
