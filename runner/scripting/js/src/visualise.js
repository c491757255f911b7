// Renders what scripts gave to pm.visualizer.set, as Postman's app does: the template is Handlebars.
import Handlebars from 'handlebars/dist/cjs/handlebars.js';

function render(template, data, options) {
  try {
    return { html: String(Handlebars.compile(template, options ?? {})(data)) };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
}

/** Called with `S` and, as JSON, the arguments of `render` as `this`; anything else only starts it. */
function entry() {
  const payload = String(this);
  return payload[0] === 'S' ? JSON.stringify(render(...JSON.parse(payload.slice(1)))) : '';
}

export { entry };
