// The page as an app that works without a network. Only a built site has a
// worker for that, and says so in its markup; a page from a disk has none.

export async function stay() {
  const worker = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="packetwalk-worker"]'))?.content;
  if (!worker || !navigator.serviceWorker || !/^https?:$/.test(location.protocol)) return;
  try {
    await navigator.serviceWorker.register(worker);
  } catch {
    // Forbidden, or no room: then the page needs its server, as any other does.
  }
}
