// sqs-consumer with everything it can be given: ten pollers, ten messages a poll, one insert and one
// delete for all of them.
import { Consumer } from "sqs-consumer";
import { store } from "./store.mjs";

const POLLERS = 10;

for (let poller = 0; poller < POLLERS; poller++) {
  const app = Consumer.create({
    queueUrl: process.env.QUEUE_URL,
    batchSize: 10,
    waitTimeSeconds: 20,
    handleMessageBatch: async (messages) => {
      await store(messages);
      return messages;
    },
  });
  app.on("error", (error) => console.error(error.message));
  app.on("processing_error", (error) => console.error(error.message));
  app.start();
}
