import { Button } from '../../ui/button';
import { callApi } from './call-api';
import { Dialog } from './dialog';
import { PasswordAgain } from './password-again';
import { useAction } from './use-action';

/** Asks what is to go with the extension. */
export function UninstallDialog({
  title,
  hasPassword,
  onClose,
  onDone,
}: {
  title: string;
  /** Whether the Dashboard has one. */
  hasPassword: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const { isBusy, problem, act } = useAction();
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const choice = {
      keepState: form.get('keepState') !== null,
      deleteApplication: form.get('deleteApplication') !== null,
      ...(hasPassword ? { password: form.get('password') } : {}),
    };
    if (await act(() => callApi('/api/uninstall', choice))) onDone();
  };
  return (
    <Dialog title={`Uninstall ${title}?`} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>Its job and its settings are removed, and nothing is exported any more.</p>
        <label class="check">
          <input type="checkbox" name="keepState" defaultChecked />
          <span>
            Keep the checkpoint and the history
            <span class="quiet small block">A later installation then goes on where this one stopped.</span>
          </span>
        </label>
        <label class="check">
          <input type="checkbox" name="deleteApplication" />
          <span>
            Let the extension delete its Auth0 application
            <span class="quiet small block">
              The machine-to-machine application whose client ID it was given, if that has the scope
              delete:clients.
            </span>
          </span>
        </label>
        {hasPassword && <PasswordAgain />}
        <div class="form-end">
          {problem && (
            <p class="field-problem" role="alert">
              {problem}
            </p>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" type="submit" disabled={isBusy}>
            Uninstall
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
