import { analyse } from '../../retrieval/analyse.ts';

/** Words by which somebody asks for what he himself bought, in the languages in SPOKEN. */
const ORDER =
  /\b(?:orders?|ordered|purchases?|bought|parcels?|packages?|deliver(?:y|ed|ies)|shipments?|bestell\p{L}*|gekauft|kauf|käufe|paket\p{L}*|lieferung|sendung|commandes?|commandée?s?|achats?|achetée?s?|colis|livraison|pedidos?|compras?|comprado|compré|paquetes?|envíos?)(?![\p{L}])/iu;
const OWN =
  /(?<![\p{L}])(?:my|mine|i|i've|we|our|mein\p{L}*|ich|wir|unser\p{L}*|ma|mes|mon|je|j|nous|mi|mis|he|yo|compré|pedí)(?![\p{L}])/iu;

/** Whether a question is about the asking user's own orders. It decides only whether they are looked up at all. */
export function asksForOwnOrders(question: string): boolean {
  return ORDER.test(question) && OWN.test(question);
}

/** What is said around orders without asking for anything beyond them; as `analyse` makes terms. */
const ABOUT_ORDERS: ReadonlySet<string> = new Set(
  analyse(
    'order ordered purchase bought buy parcel package shipment last recent recently latest status list bestellung bestellungen bestellt gekauft kauf kaufen paket sendung letzte letzten commande commandes commandé commandée acheté achetée achat colis dernière dernier pedido pedidos compra compras comprado compré paquete envío último últimos',
  ),
);

/** Of the terms of a question about orders, what it asks beyond them. */
export function beyondOrders(terms: readonly string[]): string[] {
  return terms.filter(term => !ABOUT_ORDERS.has(term));
}
