import { useId } from 'preact/hooks';

/** Whether the host asks for the password again. */
export const asksPassword = (code: string) => code === 'password_needed' || code === 'wrong_password';

/** Asks whoever is signed in for the password of the Dashboard again. */
export function PasswordAgain() {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Password of the Dashboard</label>
      <input
        id={id}
        name="password"
        type="password"
        class="input"
        autocomplete="current-password"
        aria-describedby={`${id}-about`}
        required
      />
      <p class="quiet small" id={`${id}-about`}>
        Asked for again, because this changes or removes what the export signs in with.
      </p>
    </div>
  );
}
