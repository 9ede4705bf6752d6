/** The sign of the extension. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <rect width="16" height="16" rx="4" />
      <path d="M4 5h5M4 8h8M7 11h5" />
    </svg>
  );
}
