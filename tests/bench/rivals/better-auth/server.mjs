// better-auth with phone numbers, as its documentation sets it up, on the bench's own PostgreSQL; and two routes that
// prepare what the load generator asks for.
//
//   node server.mjs PORT DATABASE_URL
//   GET /prepare/codes?many=N&file=PATH      N numbers nobody had, each with a code sent; requests that give it back
//   GET /prepare/sessions?many=N&file=PATH   N people signed in; requests that read their sessions

import { createServer } from "node:http";
import { writeFile } from "node:fs/promises";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { bearer, phoneNumber } from "better-auth/plugins";
import pg from "pg";

const [port, connectionString] = process.argv.slice(2);
const codes = new Map();

const auth = betterAuth({
  database: new pg.Pool({ connectionString, max: 16 }),
  baseURL: `http://127.0.0.1:${port}`,
  secret: "a secret for the bench alone, of 32 bytes or more",
  // It would count every client here as one.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "error" },
  plugins: [
    bearer(),
    phoneNumber({
      sendOTP: ({ phoneNumber, code }) => void codes.set(phoneNumber, code),
      signUpOnVerification: {
        getTempEmail: (phone) => `${phone.slice(1)}@rival.example`,
        getTempName: (phone) => phone,
      },
    }),
  ],
});

let numbers = 0;

async function sendCodes(many) {
  const phones = Array.from({ length: many }, () => `+919${String(numbers++).padStart(9, "0")}`);
  for (let at = 0; at < phones.length; at += 32) {
    const some = phones.slice(at, at + 32);
    await Promise.all(some.map((phoneNumber) => auth.api.sendPhoneNumberOTP({ body: { phoneNumber } })));
  }
  return phones.map((phoneNumber) => ({ phoneNumber, code: codes.get(phoneNumber) }));
}

const prepare = {
  async codes(many) {
    return (await sendCodes(many)).map((body) => `10.0.0.1\t${JSON.stringify(body)}`);
  },
  async sessions(many) {
    const lines = [];
    for (const body of await sendCodes(many)) {
      const { token } = await auth.api.verifyPhoneNumber({ body });
      lines.push(`${token}\t/api/auth/get-session`);
    }
    return lines;
  },
};

const handle = toNodeHandler(auth);
const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://rival");
  const what = prepare[url.pathname.split("/prepare/")[1]];
  if (!what) return handle(request, response);
  try {
    const lines = await what(Number(url.searchParams.get("many")));
    await writeFile(url.searchParams.get("file"), lines.join("\n") + "\n");
    response.end("ready");
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
server.listen(Number(port), "127.0.0.1");
