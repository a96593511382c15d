// What a handler of either sqs-consumer does with messages: one statement, repeats passed over.
import mysql from "mysql2/promise";

const pool = mysql.createPool({ uri: process.env.DATABASE_URL, connectionLimit: 10 });
const row = (message) => [Buffer.from(message.MessageId.replaceAll("-", ""), "hex"), message.Body];

export const store = (messages) =>
  pool.query("INSERT IGNORE INTO messages (id, message) VALUES ?", [messages.map(row)]);
