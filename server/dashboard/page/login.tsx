import { useId } from 'preact/hooks';
import { Button } from '../../ui/button';
import { callApi } from './call-api';
import { Mark } from './mark';
import { useAction } from './use-action';

/** Asks for the password. */
export function Login({ onDone }: { onDone: () => void }) {
  const id = useId();
  const { isBusy, problem, act } = useAction();
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const password = new FormData(event.currentTarget).get('password');
    if (await act(() => callApi('/api/login', { password }))) onDone();
  };
  return (
    <main class="alone">
      <form class="card form" onSubmit={submit}>
        <Mark />
        <h1>Auth0 Logs to Segment</h1>
        <div class="field">
          <label for={id}>Password</label>
          <input
            id={id}
            name="password"
            type="password"
            class="input"
            autocomplete="current-password"
            aria-describedby={problem ? `${id}-problem` : undefined}
            required
          />
          {problem && (
            <p class="field-problem" role="alert" id={`${id}-problem`}>
              {problem}
            </p>
          )}
        </div>
        <Button kind="main" type="submit" disabled={isBusy}>
          Log in
        </Button>
      </form>
    </main>
  );
}
