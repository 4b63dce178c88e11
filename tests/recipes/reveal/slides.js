// The element keeps the keys that it uses to itself while it has the focus.
Reveal.initialize({ hash: true, width: 1200, height: 700 });
