/** What the layer files share: fonts, and colours that are not a kind's. */

import { THEME } from "../symbology.ts";

/** Without a glyph address MapLibre draws text with the fonts of the device. */
export const FONT = ["sans-serif"];
export const THEME_CLUSTER = THEME.cluster;
