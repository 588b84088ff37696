// The canvas on which a digit is drawn: white on black, as MNIST's are. Its value are strokes, lists of points in [0, 1]².
// Its element hears "drawn" with every point; a notebook waits for the stroke's end, a page need not.
const SIZE = 224; // CSS pixels
const PEN = 0.1; // of the canvas

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * SIZE; // sharp on dense screens
  canvas.style.cssText = `width: ${SIZE}px; height: ${SIZE}px; background: black; cursor: crosshair; touch-action: none`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Canvas: draw a digit here with the mouse, a pen or a finger");
  el.append(canvas);

  let stroke = null; // the one that is being drawn
  let pointer; // that draws it; other fingers draw nothing meanwhile

  function paint() {
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { lineWidth: PEN * canvas.width, lineCap: "round", lineJoin: "round", strokeStyle: "white" });
    const strokes = [...model.get("value"), ...(stroke ? [stroke] : [])];
    for (const points of strokes) {
      pen.beginPath();
      points.forEach(([x, y]) => pen.lineTo(x * canvas.width, y * canvas.height));
      if (points.length === 1) pen.lineTo(points[0][0] * canvas.width, points[0][1] * canvas.height);
      pen.stroke();
    }
    el.dispatchEvent(new CustomEvent("drawn", { detail: strokes }));
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    const inside = (value) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000;
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (stroke) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    stroke = [place(event)];
    paint();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || event.pointerId !== pointer) return;
    stroke.push(place(event));
    paint();
  });
  canvas.addEventListener("lostpointercapture", (event) => {
    if (!stroke || event.pointerId !== pointer) return;
    const whole = [...model.get("value"), stroke];
    stroke = null;
    model.set("value", whole);
    model.save_changes();
  });
  model.on("change:value", paint);
  paint();
  return () => model.off("change:value", paint);
}

export default { render };
