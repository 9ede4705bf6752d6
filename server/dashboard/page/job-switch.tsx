import type { InstalledState } from '../dashboard-state';
import { callApi } from './call-api';
import { useAction } from './use-action';

/** The switch of the job's state. */
export function JobSwitch({
  installed,
  refresh,
}: {
  installed: InstalledState;
  refresh: () => Promise<void>;
}) {
  const { isBusy, problem, act } = useAction();
  const isOn = installed.job.state === 'active';
  const toggle = async () => {
    await act(() => callApi('/api/job/state', { state: isOn ? 'inactive' : 'active' }));
    await refresh();
  };
  return (
    <>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={isOn}
        aria-label="State"
        disabled={isBusy}
        onClick={toggle}
      >
        <span class="switch-track" aria-hidden="true" />
        {isOn ? 'On' : 'Off'}
      </button>
      {problem && (
        <p class="field-problem small" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
