// For pages that hold Packetwalk in an iframe: gives each frame the height that
// its page asks for. Only what comes from the frame's own window and from the
// address that it was given is heeded.

const MOST = 10_000;

addEventListener('message', ({ data, origin, source }) => {
  if (typeof data !== 'object' || data === null || data.type !== 'packetwalk-height') return;
  const height = Number(data.height);
  if (!(height > 0 && height < MOST)) return;
  for (const frame of document.querySelectorAll('iframe')) {
    if (frame.contentWindow !== source) continue;
    // A sandboxed frame, and one of a file, has an origin of its own.
    const wanted = new URL(frame.src, location.href).origin;
    if (origin !== wanted && origin !== 'null') continue;
    frame.style.height = `${height}px`;
  }
});
