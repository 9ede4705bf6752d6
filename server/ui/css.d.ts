/** Styles are bundled by the build script; importing one adds it to the page. */
declare module '*.css' {}
