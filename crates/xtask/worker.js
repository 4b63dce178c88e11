// Keeps a built page's files for when there is no network. `worker.mjs` writes
// the list of them above this text: by path, the SHA-256 of each.

/* global FILES, self */

/** One for all versions: a file that stayed the same is not fetched again. */
const CACHE = 'packetwalk';
const SCOPE = new URL('./', self.location.href);

/** Under what a file is kept: its path and what is in it. @param {string} path */
const key = (path) => new URL(`${path}?sha256=${FILES[path]}`, SCOPE).href;

/** @param {string} path */
async function fetched(path) {
  const answer = await fetch(new URL(path, SCOPE), { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = await answer.clone().arrayBuffer();
  const hash = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  // A server that is just being given another version: this one stays out.
  if (hash !== FILES[path]) throw new Error(`${path} is of another version`);
  return answer;
}

self.addEventListener('install', (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  await Promise.all(Object.keys(FILES).map(async (path) => {
    if (!(await cache.match(key(path)))) await cache.put(key(path), await fetched(path));
  }));
})()));

self.addEventListener('activate', (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  const wanted = new Set(Object.keys(FILES).map(key));
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
})()));

self.addEventListener('message', ({ data }) => {
  if (data === 'take over') void self.skipWaiting();
});

/** Is a newer version ready, and nothing but this one page open? */
async function outdated() {
  const open = await self.clients.matchAll({ type: 'window' });
  return self.registration.waiting !== null && open.length < 2;
}

/** @param {Request} request @param {string} path */
async function answer(request, path) {
  if (request.mode === 'navigate' && await outdated()) {
    self.registration.waiting.postMessage('take over');
    // The page is asked for again, of the new version.
    return new Response('', { headers: { refresh: '0' } });
  }
  const cache = await caches.open(CACHE);
  return (await cache.match(key(path))) ?? fetch(request);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== SCOPE.origin || !url.pathname.startsWith(SCOPE.pathname)) return;
  const path = decodeURIComponent(url.pathname.slice(SCOPE.pathname.length)) || 'index.html';
  if (Object.hasOwn(FILES, path)) event.respondWith(answer(request, path));
});
