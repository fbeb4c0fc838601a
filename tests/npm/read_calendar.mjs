// Reads a calendar file from standard input and prints every occurrence of its events as JSON, sorted by time.
// All date arithmetic is ical.js's: a second opinion on what our calendar files say.
// What ical.js would misread without a word is refused here.
import { text } from "node:stream/consumers";
import ICAL from "ical.js";

// A series without an end would never stop.
const MOST = 10_000;

function check(zone) {
    // Of an RDATE list ical.js reads the first date only, and beside an RDATE it does not read DTSTART.
    if (zone.getAllSubcomponents().some((change) => change.hasProperty("rdate"))) {
        throw new Error(`VTIMEZONE ${zone.getFirstPropertyValue("tzid")} has an RDATE`);
    }
}

function* occurrences(component) {
    const event = new ICAL.Event(component);
    if (event.isRecurrenceException()) throw new Error(`${event.uid} has a RECURRENCE-ID`);
    // An unknown zone becomes floating time.
    const tzid = component.getFirstProperty("dtstart").getFirstParameter("tzid");
    if (tzid && event.startDate.zone.tzid !== tzid) throw new Error(`${event.uid}: no VTIMEZONE ${tzid}`);
    const times = event.iterator();
    for (let count = 0, time; (time = times.next()); count++) {
        if (count === MOST) throw new Error(`${event.uid} has more than ${MOST} occurrences`);
        yield occurrence(event, time);
    }
}

function occurrence({ uid, summary }, time) {
    const fixed = !time.isDate && time.zone !== ICAL.Timezone.localTimezone;
    return {
        uid,
        summary,
        local: time.toString().replace(/Z$/, ""),
        zone: fixed ? time.zone.tzid : null,
        utc: fixed ? time.convertToZone(ICAL.Timezone.utcTimezone).toString() : null,
    };
}

const calendar = new ICAL.Component(ICAL.parse(await text(process.stdin)));
calendar.getAllSubcomponents("vtimezone").forEach(check);
const found = calendar.getAllSubcomponents("vevent").flatMap((component) => [...occurrences(component)]);
// Floating times and whole days have no place among fixed times but by their digits.
const digits = ({ utc, local }) => utc ?? local;
found.sort((one, other) => (digits(one) < digits(other) ? -1 : Number(digits(one) > digits(other))));
console.log(JSON.stringify(found, null, 2));
