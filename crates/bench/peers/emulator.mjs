// fauxqs on a free port of 127.0.0.1, which it prints. Ends when its standard input does, and so with
// whoever started it. Its own command line logs every request and listens on all addresses.
import { buildApp } from "fauxqs";
import { SqsStore } from "./node_modules/fauxqs/dist/sqs/sqsStore.js";

const sqsStore = new SqsStore();
// Else queue URLs name a host below `localhost`, which not every resolver knows.
sqsStore.host = "";
const app = buildApp({ logger: false, stores: { sqsStore } });
await app.listen({ host: "127.0.0.1", port: 0 });
console.log(app.server.address().port);
process.stdin.resume().on("end", () => process.exit());
