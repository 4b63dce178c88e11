// What the bundler makes of files that are not scripts: their text.

declare module '*.css' {
  const text: string;
  export default text;
}
declare module '*.html' {
  const text: string;
  export default text;
}
/** A file that was compressed by gzip and written as base64: see `crates/xtask/embed.mjs`. */
declare module 'packetwalk:*' {
  const text: string;
  export default text;
}
