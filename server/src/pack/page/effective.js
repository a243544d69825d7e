// Effective events: entries less the voided ones, with corrections applied and businesses resolved
// through merges. Dates, periods and exact decimals. Knows no indicator.
"use strict";

// Exact decimals are whole numbers of 10^-9.
const UNIT = 1000000000n;

function decimal(number) {
  const [mantissa, exponent] = String(number).toLowerCase().split("e");
  const [whole, fraction = ""] = mantissa.split(".");
  const places = 9 + Number(exponent ?? 0) - fraction.length;
  const units = BigInt(whole + fraction);
  return places >= 0 ? units * 10n ** BigInt(places) : divided(units, 10n ** BigInt(-places));
}

// Half away from zero.
function divided(dividend, divisor) {
  const negative = dividend < 0n !== divisor < 0n;
  const [a, b] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const quotient = (2n * a + b) / (2n * b);
  return negative ? -quotient : quotient;
}

const plain = (units) => (units === null ? null : Number(units) / Number(UNIT));

function fiscalYear(day) {
  const [year, month] = day.split("-").map(Number);
  return month >= 4 ? year : year - 1;
}

// R7, 2025 or "2025".
function writtenYear(value) {
  const text = String(value);
  return text.startsWith("R") ? 2018 + Number(text.slice(1)) : Number(text);
}

// The fiscal year in which a period ends; null for any other text.
function periodYear(text) {
  let found = /^R([0-9]{1,4})(?:Q[1-4])?$/.exec(text);
  if (found) return 2018 + Number(found[1]);
  found = /^([0-9]{4})(?:-?Q([1-4])|-([0-9]{2}))?$/.exec(text);
  if (!found) return null;
  const month = found[2] ? Number(found[2]) * 3 : Number(found[3] ?? 12);
  if (month < 1 || month > 12) return null;
  return month >= 4 ? Number(found[1]) : Number(found[1]) - 1;
}

// The same day some months later; the last of the month where it has no such day.
function monthsLater(day, months) {
  const [year, month, date] = day.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date, last));
  return first.toISOString().slice(0, 10);
}

const withoutKind = (text) => (typeof text === "string" ? text.replace(/^business\//, "") : null);

// The latest data and the latest day hold, independently; a void is for ever.
function effectiveEvents(entries) {
  const events = new Map();
  for (const entry of entries) {
    if (!entry.type.startsWith("record.")) {
      const { position, id, type, subject, data } = entry;
      events.set(id, { position, id, type, subject, data, day: entry.occurred_on });
      continue;
    }
    const event = events.get(entry.data.target);
    if (!event || event.voided) continue;
    if (entry.type === "record.voided") {
      event.voided = true;
    } else {
      event.data = entry.data.data ?? event.data;
      event.day = entry.data.occurred_on ?? event.day;
    }
  }
  const kept = [...events.values()].filter((event) => !event.voided);
  for (const event of kept) {
    if (event.type === "sales.reported" && event.data.channel === undefined) {
      event.data = { ...event.data, channel: "total" };
    }
  }
  return kept;
}

// Gives every event the business that it counts for.
function attachBusinesses(events) {
  const into = new Map();
  const ofCase = new Map();
  for (const event of events) {
    const business = withoutKind(event.subject);
    if (event.type === "business.merged") into.set(business, withoutKind(event.data.into));
    if (event.type === "business.unmerged") into.delete(business);
    if (event.type === "case.opened") ofCase.set(event.subject, withoutKind(event.data.business_id));
  }
  const resolved = (business) => {
    const seen = [];
    let at = business;
    while (into.has(at) && into.get(at) !== at) {
      const circle = seen.indexOf(at);
      if (circle >= 0) return seen.slice(circle).sort()[0];
      seen.push(at);
      at = into.get(at);
    }
    return at;
  };
  for (const event of events) {
    const named = withoutKind(event.data.business_id);
    let own = named;
    if (event.subject.startsWith("business/")) own = withoutKind(event.subject);
    else if (event.subject.startsWith("case/") && event.type !== "case.opened") own = ofCase.get(event.subject);
    event.business = own ? resolved(own) : null;
  }
}

// The events that may count, and ways to find those beside one.
function worldOf(entries) {
  const events = effectiveEvents(entries);
  attachBusinesses(events);
  const cancelled = new Set(
    events.filter((event) => event.type === "deal.cancelled").map((event) => event.data.deal),
  );
  const counting = events.filter((event) => event.type !== "deal.concluded" || !cancelled.has(event.id));
  const index = new Map();
  const put = (key, event) => {
    if (!index.has(key)) index.set(key, []);
    index.get(key).push(event);
  };
  for (const event of counting) {
    put(event.type, event);
    put(`${event.type} in ${event.subject}`, event);
    if (event.business) put(`${event.type} of ${event.business}`, event);
  }
  return { events, find: (key) => index.get(key) ?? [] };
}
