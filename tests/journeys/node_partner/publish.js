// A partner's own program: it publishes one message and waits for the receipt on its feed.
//
//     node publish.js AGENCY LOGIN TYPE < data.json
//
// It knows its login file, its two topics and CloudEvents in binary mode, and nothing else of us.
"use strict";

const { randomUUID } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { Kafka, logLevel } = require("kafkajs");

const [agency, loginFile, type] = process.argv.slice(2);
const login = Object.fromEntries(
  readFileSync(loginFile, "utf8")
    .trim()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
);
const id = randomUUID();
const kafka = new Kafka({
  brokers: [login["bootstrap.servers"]],
  logLevel: logLevel.ERROR,
  sasl: {
    mechanism: "scram-sha-512",
    username: login["sasl.username"],
    password: login["sasl.password"],
  },
});

async function main() {
  const consumer = kafka.consumer({ groupId: `partner.${agency}.${id}` });
  const receipt = new Promise((found) => {
    consumer.connect().then(async () => {
      await consumer.subscribe({ topic: `partner.${agency}.out.v1`, fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ message }) => {
          const data = JSON.parse(message.value.toString());
          if (String(message.headers.ce_type) === "feed.receipt.v1" && data.message_id === id) {
            found(data);
          }
        },
      });
    });
  });
  const producer = kafka.producer();
  await producer.connect();
  const headers = {
    ce_specversion: "1.0",
    ce_id: id,
    ce_source: `urn:agency:${agency}`,
    ce_type: type,
    ce_time: new Date().toISOString(),
    "content-type": "application/json",
  };
  await producer.send({
    topic: `partner.${agency}.in.v1`,
    messages: [{ value: readFileSync(0, "utf8"), headers }],
  });
  console.log(JSON.stringify(await receipt));
  await producer.disconnect();
  await consumer.disconnect();
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
