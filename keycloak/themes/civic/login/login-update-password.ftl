<#import "template.ftl" as layout>
<#import "fields.ftl" as fields>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError('password','password-confirm'); section>
  <#if section = "header">
    ${msg("updatePasswordTitle")}
  <#elseif section = "form">
    <form class="form" id="kc-passwd-update-form" action="${url.loginAction}" method="post" novalidate>
      <@fields.field name="password-new" type="password" label=msg("passwordNew") hint=msg("passwordHint") error=messagesPerField.existsError('password')?then(messagesPerField.get('password'), "") autocomplete="new-password" autofocus=true/>
      <@fields.field name="password-confirm" type="password" label=msg("passwordConfirm") error=messagesPerField.existsError('password-confirm')?then(messagesPerField.get('password-confirm'), "") autocomplete="new-password"/>
      <div class="check">
        <input type="checkbox" id="logout-sessions" name="logout-sessions" value="on" checked>
        <label class="kern-label" for="logout-sessions">${msg("logoutOtherSessions")}</label>
      </div>
      <@fields.send text=msg("doSubmit")/>
      <#if isAppInitiatedAction??>
      <button class="kern-btn kern-btn--secondary" type="submit" name="cancel-aia" value="true" formnovalidate><span class="kern-label">${msg("doCancel")}</span></button>
      </#if>
    </form>
    <@fields.revealing/>
  </#if>
</@layout.registrationLayout>
