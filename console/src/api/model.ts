// Names for the types of the server's OpenAPI document, which types.ts is generated from.
import type { components } from './types';

type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type AccountNew = Schemas['AccountNew'];
export type Actor = Schemas['Actor'];
export type Advisory = Schemas['Advisory'];
export type AdvisoryAnswer = Schemas['AdvisoryAnswer'];
export type AdvisoryDetail = Schemas['AdvisoryDetail'];
export type AdvisoryForm = Schemas['AdvisoryForm'];
export type AdvisoryHost = Schemas['AdvisoryHost'];
export type AdvisoryReading = Schemas['AdvisoryReading'];
export type Alert = Schemas['Alert'];
export type AlertChange = Schemas['AlertChange'];
export type AlertDetail = Schemas['AlertDetail'];
export type AlertKind = Schemas['AlertKind'];
export type AlertResolution = Schemas['AlertResolution'];
export type AlertState = Schemas['AlertState'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditVerification = Schemas['AuditVerification'];
export type Case = Schemas['Case'];
export type CaseAlert = Schemas['CaseAlert'];
export type CaseChange = Schemas['CaseChange'];
export type CaseClock = Schemas['CaseClock'];
export type CaseDetail = Schemas['CaseDetail'];
export type CaseEntry = Schemas['CaseEntry'];
export type CaseEntryKind = Schemas['CaseEntryKind'];
export type CaseHost = Schemas['CaseHost'];
export type CaseObligation = Schemas['CaseObligation'];
export type CaseObligationState = Schemas['CaseObligationState'];
export type CaseOriginKind = Schemas['CaseOriginKind'];
export type CaseResolution = Schemas['CaseResolution'];
export type CaseSimilarList = Schemas['CaseSimilarList'];
export type CaseState = Schemas['CaseState'];
export type CaseTask = Schemas['CaseTask'];
export type CaseTimesChange = Schemas['CaseTimesChange'];
export type Change = Schemas['Change'];
export type ChangeKind = Schemas['ChangeKind'];
export type Checked = Schemas['Checked'];
export type DayCount = Schemas['DayCount'];
export type Exposure = Schemas['Exposure'];
export type Health = Schemas['Health'];
export type HealthState = Schemas['HealthState'];
export type HostVerdict = Schemas['HostVerdict'];
export type Host = Schemas['Host'];
export type HostDetail = Schemas['HostDetail'];
export type HuntAnswer = Schemas['HuntAnswer'];
export type HuntGuide = Schemas['HuntGuide'];
export type Intel = Schemas['Intel'];
export type IntelOrigin = Schemas['IntelOrigin'];
export type Job = Schemas['Job'];
export type JobState = Schemas['JobState'];
export type Node = Schemas['Node'];
export type Role = Schemas['Role'];
export type Rule = Schemas['Rule'];
export type RuleChange = Schemas['RuleChange'];
export type RuleDetail = Schemas['RuleDetail'];
export type RuleHits = Schemas['RuleHits'];
export type RuleKind = Schemas['RuleKind'];
export type RuleOrigin = Schemas['RuleOrigin'];
export type RulePreview = Schemas['RulePreview'];
export type RuleRef = Schemas['RuleRef'];
export type RuleState = Schemas['RuleState'];
export type RuleSwitch = Schemas['RuleSwitch'];
export type RuleTest = Schemas['RuleTest'];
export type RuleTestNew = Schemas['RuleTestNew'];
export type RuleTestResult = Schemas['RuleTestResult'];
export type RulesAdded = Schemas['RulesAdded'];
export type Scope = Schemas['Scope'];
export type SeenIndicator = Schemas['SeenIndicator'];
export type Session = Schemas['Session'];
export type SessionAnswer = Schemas['SessionAnswer'];
export type SessionChange = Schemas['SessionChange'];
export type SetupLink = Schemas['SetupLink'];
export type Story = Schemas['Story'];
export type StoryEdge = Schemas['StoryEdge'];
export type StoryKind = Schemas['StoryKind'];
export type StoryNode = Schemas['StoryNode'];
export type Tlp = Schemas['Tlp'];
export type Token = Schemas['Token'];
export type TokenCreated = Schemas['TokenCreated'];
export type TotpEnrolment = Schemas['TotpEnrolment'];
export type Update = Schemas['Update'];
export type UpdateCapability = Schemas['UpdateCapability'];
export type UpdateChoice = Schemas['UpdateChoice'];
export type UpdateDecide = Schemas['UpdateDecide'];
export type UpdateDecision = Schemas['UpdateDecision'];
export type UpdateDetail = Schemas['UpdateDetail'];
export type UpdateDossier = Schemas['UpdateDossier'];
export type UpdateDrift = Schemas['UpdateDrift'];
export type UpdateFile = Schemas['UpdateFile'];
export type UpdateFileChange = Schemas['UpdateFileChange'];
export type UpdateReason = Schemas['UpdateReason'];
export type UpdateReceived = Schemas['UpdateReceived'];
export type UpdateRelease = Schemas['UpdateRelease'];
export type UpdateStanding = Schemas['UpdateStanding'];
export type UpdateState = Schemas['UpdateState'];
export type UpdateTrait = Schemas['UpdateTrait'];
export type UpdateVerdict = Schemas['UpdateVerdict'];

/** A page of any list. */
export interface Page<Row> {
  items: Row[];
  next: string | null;
  total: number;
}

/** Roles, the least first: each has what those before it have. */
export const ROLES: Role[] = ['viewer', 'analyst', 'responder', 'approver', 'admin'];

/** Scopes of machine tokens, by name. */
export const SCOPES: Scope[] = [
  'advisories:read',
  'advisories:write',
  'alerts:read',
  'allow-list:read',
  'audit:read',
  'cases:read',
  'cases:write',
  'events:write',
  'health:read',
  'hunt:run',
  'inventory:read',
  'jobs:read',
  'jobs:write',
  'live:read',
  'metrics:read',
  'nodes:enroll',
  'rules:read',
  'rules:write',
  'updates:read',
  'updates:write',
];

/** Whether a role has what another has. */
export function atLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
