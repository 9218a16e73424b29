// The story, made first if that is needed: `node run.mjs import …`.

import { make } from "./make.mjs";

make();
await import("./made/story.js");
