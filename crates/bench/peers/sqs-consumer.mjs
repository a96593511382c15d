// sqs-consumer as its README shows it, storing each message with mysql2.
import { Consumer } from "sqs-consumer";
import { store } from "./store.mjs";

const app = Consumer.create({
  queueUrl: process.env.QUEUE_URL,
  handleMessage: async (message) => {
    await store([message]);
    return message;
  },
});
app.on("error", (error) => console.error(error.message));
app.on("processing_error", (error) => console.error(error.message));
app.start();
