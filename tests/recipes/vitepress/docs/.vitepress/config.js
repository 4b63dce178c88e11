export default {
  title: 'A manual',
  // Vue is told that this element is none of its own.
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag === 'packet-walk' } } },
};
