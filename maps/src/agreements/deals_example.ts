/** Made-up numbers that show what the form of deals asks for. They are nobody's figures. */

const source = "made up, to show the form";

export const EXAMPLE = {
  title: "Lamp columns of a town centre",
  prices: "2026/27",
  nodes: "20, 60, 100, 140, 160, 160, 160, 160, 160, 160",
  nodes_source: source,
  concession: {
    operator_gbp_per_node: "1500",
    guarantee_gbp: "30000",
    share: "0.2",
    upfront_gbp: "25000",
    council_gbp_per_year: "18000",
    source,
  },
  open_access: {
    fee_gbp_per_node: "300",
    council_gbp_per_year: "25000",
    preparation_gbp: "40000",
    source,
  },
  own_and_operate: {
    operator_gbp_per_node: "1500",
    capital_gbp_per_node: "3000",
    running_gbp_per_node: "450",
    council_gbp_per_year: "30000",
    replaced_after_years: 8,
    source,
  },
  neutral_host: {
    operator_gbp_per_node: "1200",
    operators_per_node: "1.5",
    share: "0.1",
    fee_gbp_per_node: "100",
    council_gbp_per_year: "15000",
    source,
  },
};
