/** Browser code of an entry point, built by the plugin in `inline-page.mjs`. */
declare module 'inline:*' {
  const page: {
    /** Goes into a `<script>` as it is. */
    readonly script: string;
    /** Goes into a `<style>` as it is. */
    readonly style: string;
  };
  export default page;
}
