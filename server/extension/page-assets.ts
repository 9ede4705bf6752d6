/** The page's browser code, as the build script makes it. */
export interface PageAssets {
  /** Goes into a `<script>` as it is. */
  readonly script: string;
  /** Goes into a `<style>` as it is. */
  readonly style: string;
}
