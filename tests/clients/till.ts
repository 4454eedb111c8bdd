// A till, written against the client that hey-api makes: the main job, as the compiler sees it. Nobody runs it.
import { client } from "./hey/client.gen";
import { cancel, collect, complete, getStore, make, postOrder, putOrder, putStatus } from "./hey/sdk.gen";
import type { Order, Problem } from "./hey/types.gen";
// The same bodies and answers, as openapi-typescript has them.
import type { components, operations } from "./schema";

client.setConfig({ baseUrl: "http://127.0.0.1:8000", auth: () => "token" });

export async function serve(token: string): Promise<Order> {
  const menu = (await getStore({ path: { store: "ABC" }, throwOnError: true })).data.menu;
  const scanned = await postOrder({ path: { store: "ABC" }, body: { token } });
  if (scanned.error) throw new Error((scanned.error as Problem).detail);
  const path = { id: scanned.data.id };
  const etag = scanned.response.headers.get("ETag") ?? undefined;
  await putOrder({ path, body: { drink: menu.drinks[0].name }, headers: { "If-Match": etag } });
  await make({ path }); // bodies may be left out …
  await make({ path, body: { take_over: true } }); // … or sent
  await complete({ path, headers: { "Idempotency-Key": crypto.randomUUID() } });
  return (await collect({ path, throwOnError: true })).data;
}

export const close = () => putStatus({ path: { store: "ABC" }, body: { open: false } });
export const giveUp = (id: string) => cancel({ path: { id }, body: { reason: "machine" } });

type Body<Name extends keyof operations> = NonNullable<operations[Name]["requestBody"]>["content"]["application/json"];
export const claim: Body<"make"> = { take_over: true };
export const reason: Body<"cancel"> = { reason: "machine" };
export const status: Body<"put_status"> = { paused: true };
export const place = (order: components["schemas"]["Order"]): number | null => order.position;
