/** Where this is in the Dashboard, whose export it is, who reads, and the way out. */
export function Masthead({
  path,
  reader,
  tenant,
  dashboard,
}: {
  path: string;
  reader: string;
  tenant: string;
  /** Address of the Dashboard that the page was opened from. */
  dashboard: string;
}) {
  return (
    <header class="masthead">
      <div class="masthead-inner">
        <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
          <rect width="16" height="16" rx="4" />
          <path d="M4 5h5M4 8h8M7 11h5" />
        </svg>
        <div class="masthead-name">
          <nav class="breadcrumb small" aria-label="Breadcrumb">
            <a href={dashboard}>Dashboard</a>
            <a href={`${dashboard}/#/extensions`}>Extensions</a>
          </nav>
          <h1>Auth0 Logs to Segment</h1>
          <p class="quiet small">{tenant}</p>
        </div>
        <div class="masthead-reader small">
          <span class="quiet">{reader}</span>
          <a class="button" href={`${path}/logout`}>
            Sign out
          </a>
        </div>
      </div>
    </header>
  );
}
