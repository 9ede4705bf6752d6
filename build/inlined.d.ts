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

/** An entry point as one CommonJS module, built by the plugin in `inline-code.mjs`. */
declare module 'code:*' {
  const code: string;
  export default code;
}
