declare module "virtual:base-map" {
  /** Path of the base map's file, relative to the page. */
  const path: string;
  export default path;
}
