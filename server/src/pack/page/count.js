// The measure language of the plan, once more: written from docs/plan-file.md for the page, sharing
// no line with the engine that made the pack. One reading, one year, one number.
"use strict";

const listed = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

function passes(event, filter) {
  const shares = ([field, values]) => {
    const own = listed(event.data[field] ?? undefined);
    return listed(values).some((value) => own.includes(value));
  };
  return (
    Object.entries(filter.where ?? {}).every(shares) && !Object.entries(filter.unless ?? {}).some(shares)
  );
}

// The first value of a field; null if it is absent.
const valueOf = (event, field) => listed(event.data[field] ?? undefined)[0] ?? null;

function keyPart(event, part) {
  if (typeof part === "object") {
    for (const name of listed(part.first_of)) {
      const found = keyPart(event, name);
      if (found !== null) return found;
    }
    return null;
  }
  if (part === "business") return event.business;
  if (part === "subject") return `subject ${event.subject}`;
  if (part === "type") return `type ${event.type}`;
  if (part === "occurred_on") return event.day;
  return valueOf(event, part);
}

function keyOf(event, key) {
  const parts = listed(key).map((part) => keyPart(event, part));
  return parts.includes(null) ? null : JSON.stringify(parts);
}

// The bare names of a list are one condition, met by an event of any of them; each table is one of its own.
function conditions(written) {
  const items = listed(written).flat();
  const tables = items.filter((item) => typeof item === "object");
  const names = items.filter((item) => typeof item !== "object");
  return names.length === 0 ? tables : [{ type: names }, ...tables];
}

class Counter {
  constructor(entries, dates) {
    this.world = worldOf(entries);
    this.dates = new Set(dates);
    this.steer(this.world.events);
  }

  // The plan in force with what was decided since; a later plan states everything anew.
  steer(events) {
    this.plan = null;
    for (const event of events) {
      const data = event.data;
      if (event.type === "programme.plan_adopted") {
        this.plan = data.plan;
        this.targets = new Map();
        this.decided = new Map();
      } else if (event.type === "programme.target_revised" && this.plan) {
        this.targets.set(`${data.indicator} ${writtenYear(data.fiscal_year)}`, data.target ?? null);
      } else if (event.type === "policy.reading_decided" && this.plan) {
        const known = this.indicator(data.indicator)?.readings ?? {};
        if (data.reading in known) this.decided.set(data.indicator, data.reading);
      }
    }
  }

  indicator(id) {
    return this.plan.indicators.find((indicator) => indicator.id === id);
  }

  reading(indicator) {
    return this.decided.get(indicator.id) ?? indicator.reading;
  }

  target(indicator, year) {
    const revised = this.targets.get(`${indicator.id} ${year}`);
    if (revised !== undefined) return revised;
    const found = Object.entries(indicator.targets ?? {}).find(([written]) => writtenYear(written) === year);
    return found ? found[1] : null;
  }

  // The fiscal year in which an event counts.
  yearOf(event, reading) {
    const by = reading.year_by;
    const text = by === undefined ? null : valueOf(event, by);
    if (text === null) return fiscalYear(event.day);
    const dated = listed(reading.of).some((type) => this.dates.has(`${type} ${by}`));
    const isDay = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text);
    if (dated) return isDay ? fiscalYear(text) : fiscalYear(event.day);
    return (isDay ? null : periodYear(String(text))) ?? fiscalYear(event.day);
  }

  selects(event, reading) {
    const months = listed(reading.months);
    return passes(event, reading) && (months.length === 0 || months.includes(Number(event.day.slice(5, 7))));
  }

  conditionsHold(event, reading) {
    const stands = (condition) => this.standsBeside(event, condition, event.day);
    return conditions(reading.having).every(stands) && !conditions(reading.without).some(stands);
  }

  standsBeside(event, condition, countedDay) {
    const same = listed(condition.same ?? "business");
    if (same.includes("business") && !event.business) return false;
    const place = same.includes("subject") ? `in ${event.subject}` : `of ${event.business}`;
    const shares = (other, name) => {
      if (name === "subject") return other.subject === event.subject;
      if (name === "business") return other.business === event.business;
      const value = valueOf(event, name);
      return value !== null && value === valueOf(other, name);
    };
    return listed(condition.type).some((type) =>
      this.world.find(`${type} ${place}`).some(
        (other) =>
          same.every((name) => shares(other, name)) &&
          liesRight(other.day, countedDay, condition) &&
          passes(other, condition) &&
          conditions(condition.having).every((nested) => this.standsBeside(other, nested, countedDay)),
      ),
    );
  }

  // The events of a reading in a year, before keys and sums.
  counted(reading, year) {
    const events = listed(reading.of).flatMap((type) => this.world.find(type));
    return events.filter(
      (event) =>
        this.selects(event, reading) && this.yearOf(event, reading) === year && this.conditionsHold(event, reading),
    );
  }

  // In units of 10^-9; null where there is nothing to divide by.
  value(reading, year) {
    switch (reading.measure) {
      case "events":
        return BigInt(this.counted(reading, year).length) * UNIT;
      case "distinct": {
        const keys = this.counted(reading, year).map((event) => keyOf(event, reading.key));
        return BigInt(new Set(keys.filter((key) => key !== null)).size) * UNIT;
      }
      case "sum": {
        const amounts = this.counted(reading, year).map((event) => valueOf(event, reading.field));
        return amounts.reduce((sum, amount) => sum + (typeof amount === "number" ? decimal(amount) : 0n), 0n);
      }
      case "sum_of": {
        const parts = reading.indicators.map((pick) => this.picked(pick, year)).filter((part) => part !== null);
        return parts.length === 0 ? null : parts.reduce((sum, part) => sum + part);
      }
      case "ratio": {
        const [a, b] = (reading.indicators ?? [reading.a, reading.b]).map((pick) => this.picked(pick, year));
        return a === null || b === null ? null : rate(a, b, reading.percent ? 100n : 1n);
      }
      case "sales_increased":
        return BigInt(this.members(reading, year).length) * UNIT;
      case "sales_growth":
        return growth(this.members(reading, year), reading.aggregate === true);
      default:
        throw new Error(`unknown measure ${reading.measure}`);
    }
  }

  picked(pick, year) {
    const { indicator, reading } = typeof pick === "object" ? pick : { indicator: pick };
    const row = this.indicator(indicator);
    return this.value(row.readings[reading ?? this.reading(row)], year);
  }

  // Figure and base of every business whose latest report of the year counts.
  members(reading, year) {
    const growing = reading.measure === "sales_growth";
    const figure = reading.field ?? "sales";
    const base = reading.base ?? "comparison_sales";
    const amount = (event, field) => {
      const value = valueOf(event, field);
      return Number.isInteger(value) ? BigInt(value) : null;
    };
    const usable = (event) => {
      const stated = typeof base === "object" ? 1n : amount(event, base);
      return stated !== null && (stated > 0n || !growing) && amount(event, figure) !== null;
    };
    const latest = new Map();
    for (const event of listed(reading.of).flatMap((type) => this.world.find(type))) {
      if (!event.business || !usable(event) || !this.selects(event, reading)) continue;
      if (this.yearOf(event, reading) !== year) continue;
      const known = latest.get(event.business);
      if (!known || isLater(event, known, listed(reading.latest_by ?? "occurred_on"))) {
        latest.set(event.business, event);
      }
    }
    const members = [];
    for (const report of latest.values()) {
      const own = amount(report, figure);
      const other = typeof base === "object" ? this.baseBefore(report, base, amount) : amount(report, base);
      if (other === null || !(growing ? other > 0n : CHANGES[reading.change ?? "increased"](own, other))) continue;
      if (this.conditionsHold(report, reading)) members.push([own, other]);
    }
    return members;
  }

  baseBefore(report, base, amount) {
    const events = listed(base.type).flatMap((type) => this.world.find(`${type} of ${report.business}`));
    const fitting = events.filter((event) => event.day <= report.day && amount(event, base.field) !== null);
    const last = fitting.reduce((best, event) => (!best || isLater(event, best, ["occurred_on"]) ? event : best), null);
    return last && amount(last, base.field);
  }

  // The rows of a year, in plan order.
  table(year) {
    return this.plan.indicators.map((indicator) => {
      const readings = {};
      for (const [id, reading] of Object.entries(indicator.readings)) readings[id] = this.value(reading, year);
      const reading = this.reading(indicator);
      const [actual, target] = [readings[reading], this.target(indicator, year)];
      const base = target === null || decimal(target) === 0n ? null : decimal(target);
      const judged = actual !== null && base !== null;
      return {
        id: indicator.id,
        target,
        actual: plain(actual),
        rate: judged ? plain(rate(actual, base, 100n)) : null,
        grade: judged ? gradeOf(this.plan.grades ?? [], actual, base) : null,
        reading,
        readings: Object.fromEntries(Object.entries(readings).map(([id, units]) => [id, plain(units)])),
      };
    });
  }
}

// Which way the sales of a business went.
const CHANGES = {
  increased: (own, base) => own > base,
  unchanged: (own, base) => own === base,
  decreased: (own, base) => own < base,
};

function liesRight(other, counted, condition) {
  const when = condition.when ?? "on_or_before";
  if (when === "before" ? other >= counted : when !== "any" && other > counted) return false;
  const months = condition.within_months;
  if (months !== undefined && !(other <= counted && counted <= monthsLater(other, months))) return false;
  const years = condition.within_fiscal_years;
  const distance = fiscalYear(counted) - fiscalYear(other);
  return years === undefined || (distance >= 0 && distance <= years);
}

function isLater(event, known, dates) {
  for (const name of dates) {
    const day = (one) => (name === "occurred_on" ? one.day : (valueOf(one, name) ?? ""));
    if (day(event) !== day(known)) return day(event) > day(known);
  }
  return event.position > known.position;
}

// To one decimal.
const rate = (a, b, times) => (b === 0n ? null : divided(a * times * 10n, b) * (UNIT / 10n));

function growth(members, aggregate) {
  if (members.length === 0) return null;
  if (aggregate) {
    const sums = members.reduce(([a, b], [own, base]) => [a + own, b + base], [0n, 0n]);
    return sums[1] > 0n ? divided((sums[0] - sums[1]) * 1000n, sums[1]) * (UNIT / 10n) : null;
  }
  // The exact mean of fractions.
  let [above, below] = [0n, 1n];
  for (const [own, base] of members) {
    above = above * base + (own - base) * 1000n * below;
    below *= base;
  }
  return divided(above, below * BigInt(members.length)) * (UNIT / 10n);
}

function gradeOf(grades, actual, target) {
  const reached = (grade) => actual * 100n * UNIT >= target * decimal(grade.at_least);
  return grades.find(reached)?.name ?? null;
}

// Every cell of the pack's table that is not what the entries say.
function differences(counted, stated) {
  const found = [];
  for (const [at, row] of counted.entries()) {
    const other = stated.indicators[at] ?? {};
    for (const name of ["id", "target", "actual", "rate", "grade", "reading"]) {
      if ((row[name] ?? null) !== (other[name] ?? null)) found.push(`${row.id} ${name}: ${row[name]} / ${other[name]}`);
    }
    for (const [id, value] of Object.entries(row.readings)) {
      const told = other.readings?.[id] ?? null;
      if (value !== told) found.push(`${row.id} ${id}: ${value} / ${told}`);
    }
  }
  if (counted.length !== stated.indicators.length) found.push("rows");
  return found;
}
