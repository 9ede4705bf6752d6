/** The shape of the page while its data is on the way. */
export function Loading() {
  return (
    <div class="loading">
      <p class="unseen" role="status">
        Loading the report
      </p>
      <div class="card">
        <div class="skeleton skeleton-title" />
        <div class="skeleton skeleton-line" />
      </div>
      <div class="card">
        <div class="skeleton skeleton-chart" />
      </div>
    </div>
  );
}
