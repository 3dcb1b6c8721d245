/** Begin: the visitor's language first, then the page, whose modules hold sentences. */

import { loadLanguage } from "./language.js";

try {
  await loadLanguage();
} finally {
  await import("./app.js");
}
