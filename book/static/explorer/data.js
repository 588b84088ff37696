// What a page computes with: scripts of one call each, asked for when they are needed, also from file://.
// They lie beside this script in data/, or where its tag's data-folder says.
"use strict";

globalThis.vaelibExplorer = (() => {
  const folder = new URL(document.currentScript.dataset.folder ?? "data/", document.currentScript.src);
  const asked = new Map(); // name -> promise of its content
  const answers = new Map(); // name -> how that promise is kept

  function load(name) {
    if (!asked.has(name)) asked.set(name, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(`${name}.js`, folder);
      script.onerror = () => {
        asked.delete(name); // the next call tries again
        reject(new Error(`The file ${name}.js of this page could not be loaded. Try again, or build the book anew.`));
      };
      answers.set(name, resolve);
      document.head.append(script);
    }));
    return asked.get(name);
  }

  function receive(name, content) {
    answers.get(name)(unpacked(content));
  }

  // The content with every packed array in it (vaelib.explorer.packed) as a typed array.
  async function unpacked(content) {
    if (content === null || typeof content !== "object") return content;
    if (content.type && content.data) return array(content);
    const found = await Promise.all(Object.entries(content).map(async ([key, value]) => [key, await unpacked(value)]));
    return Array.isArray(content) ? found.map(([, value]) => value) : Object.fromEntries(found);
  }

  const TYPES = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, float32: Float32Array };

  async function array({ type, data }) {
    const text = atob(data);
    const deflated = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) deflated[i] = text.charCodeAt(i);
    const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer()); // all first bytes, all second ones, …
    const size = TYPES[type].BYTES_PER_ELEMENT;
    const count = planes.length / size;
    const bytes = new Uint8Array(planes.length);
    for (let plane = 0; plane < size; plane++) {
      for (let i = 0; i < count; i++) bytes[i * size + plane] = planes[plane * count + i];
    }
    return new TYPES[type](bytes.buffer);
  }

  return { load, receive };
})();
